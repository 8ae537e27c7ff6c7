"""Small mails of every kind that mail software has read wrongly, and how they are to be read."""
