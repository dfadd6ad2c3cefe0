"""Neo4j: the export to a server, reading it back, the files of its import tool, and a script of Cypher."""
