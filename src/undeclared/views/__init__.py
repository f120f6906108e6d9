"""What a run sent, taken apart: readings at places, through several views of the same bytes.

Nothing is normalised: what a parser would fold has a view of its own.

place         where a reading is: host, path, part, pointer, span of text
payload       a body without its compression
content       what a body holds: JSON, forms, parts, text …
envelopes     what is packed into a value: JSON, base64, protobuf, compressed data
likeness      which elements of a list are the same in two runs
segments      a text in pieces that runs can be compared by
features      what one value is made of: code points, case, escapes, numbers …
headers, handshake, timing    what is not in a body
readings      all of it together, for one run
"""
