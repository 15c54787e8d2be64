"""The differential proof: the same SQL through real Debezium 3.6.3 and through Headwater, compared field by field."""
