"""AWS Identity and Access Management: users and their keys, roles, groups, policies as documents.

``entities`` says what all of them do alike, ``documents`` what a policy is, ``evaluation`` what policies would allow.
"""
