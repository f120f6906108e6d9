"""Pure: a Report becomes text. No judgement is made here, and nothing is read or written."""
