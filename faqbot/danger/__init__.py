"""How danger is noticed: rules, what is learned beside them, and how well both do; ``faqbot.crisis`` is the way in."""
