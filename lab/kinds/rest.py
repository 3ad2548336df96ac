"""A web service that keeps orders of drinks: Flask and SQLAlchemy over SQLite, behind waitress."""

from lab.kinds import questions
from lab.kinds.kind import Kind, Setup, Surroundings


class Rest(Kind, name="rest"):
    """A service on port 80 whose things are made, read, changed and deleted by the methods of HTTP."""

    packages = ("python3-flask", "python3-sqlalchemy", "python3-waitress", "sqlite3")
    is_large = True

    def setup(self, around: Surroundings) -> Setup:
        """Return the program ``orders`` of the node image, which begins with an empty table."""
        return Setup(
            command=("orders", "80"),
            ready=(questions.listens_on_tcp(80),),
            answers="JSON by HTTP on port 80",
        )
