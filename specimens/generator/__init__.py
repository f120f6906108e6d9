"""Makes the specimens: programs with a known truth, from small pieces that are put together.

facts       how a program learns a fact of its machine, in each language
conditions  which levels of which signals set a program off, as code and as truth
prompts     the system prompts, with the places where a form can put something
forms       what a program then does: one entry for every form of every channel
controls    programs that vary, and by nothing of the machine; and open influences
sources     the program text: a part of `parts/` for each piece, filled in
population  which programs there are, and under which ids
writing     folders with a program and its `specimen.yaml`
"""
