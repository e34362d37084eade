NOT_YET: dict[str, str] = {}
