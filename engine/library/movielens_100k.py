"""MovieLens-100K keeps genres as nineteen flags a film; other releases name them."""

from pathlib import Path

ENCODING = "latin-1"


def name_genres(films: Path, genres: Path, named: Path) -> None:
    """Writes the films as later releases have them: ``1::Toy Story (1995)::Animation|Comedy``.

    films: ``u.item``, whose lines are id, title, two dates and an address, then one flag a genre,
    between bars. genres: ``u.genre``, lines of a genre and its number from 0. named: the file to
    write.
    """
    numbered = {}
    for line in genres.read_text(ENCODING).splitlines():
        genre, bar, number = line.partition("|")
        if bar:
            numbered[int(number)] = genre
    with named.open("w", encoding=ENCODING, newline="\n") as file:
        for line in films.read_text(ENCODING).split("\n"):
            fields = line.split("|")
            flags = fields[5:]
            if len(fields) > 5:
                of_it = [numbered[number] for number, flag in enumerate(flags) if flag == "1"]
                file.write(f"{fields[0]}::{fields[1]}::{'|'.join(of_it)}\n")
