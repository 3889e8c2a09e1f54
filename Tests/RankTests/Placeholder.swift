// ranks
