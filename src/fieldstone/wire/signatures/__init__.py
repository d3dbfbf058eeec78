"""Who signed a request, in all the ways AWS knows.

verify ── by where the signature is                                    verification.py
├── Version 4 in the Authorization header                              header.py
├── Version 4 in the query: presigned URLs                             presigned.py
└── Version 2 in either, for S3                                        v2.py
Chunks ── bodies in aws-chunked encoding, signed chunk by chunk        chunks.py
verify_form, Policy ── browsers' forms                                 forms.py, policy.py
refusal ── the words of a no                                           refusals.py
"""
