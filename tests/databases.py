"""Databases to lend to tests: a copy of an empty SQLite file, and PostgreSQL databases that are wiped and lent again.

To migrate a database anew for each of thousands of tests took two fifths of their time.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from pathlib import Path

import psycopg

from harken.engine import open_database
from harken.settings import Settings

_LENT_AT_MOST = 80  # times; what is deleted stays in the files, as nobody vacuums
_KEPT = """
CREATE SCHEMA pristine;
DO $$ DECLARE name text; filled boolean; BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO filled;
        IF filled THEN EXECUTE format('CREATE TABLE pristine.%I AS SELECT * FROM public.%I', name, name); END IF;
    END LOOP;
END $$;
CREATE TABLE pristine."sequences of all" AS
    SELECT sequencename, COALESCE(last_value, start_value) AS value, last_value IS NOT NULL AS called
    FROM pg_sequences WHERE schemaname = 'public';
CREATE FUNCTION pristine.again() RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text; kept text; filled boolean; BEGIN
    PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid();
    SET LOCAL session_replication_role = replica;  -- no trigger forbids it
    FOR name, kept IN
        SELECT p.relname, k.relname FROM pg_class p
        LEFT JOIN pg_class k ON k.relname = p.relname AND k.relnamespace = 'pristine'::regnamespace
        WHERE p.relnamespace = 'public'::regnamespace AND p.relkind = 'r'
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT 1 FROM public.%I)', name) INTO filled;
        IF filled THEN EXECUTE format('DELETE FROM public.%I', name); END IF;
        IF kept IS NOT NULL THEN
            EXECUTE format('INSERT INTO public.%I OVERRIDING SYSTEM VALUE SELECT * FROM pristine.%I', name, name);
        END IF;
    END LOOP;
    PERFORM setval(format('public.%I', sequencename)::regclass, value, called) FROM pristine."sequences of all";
END $$
"""
_SHAPE = """SELECT
    (SELECT count(*) || ' ' || max(oid::int) FROM pg_class WHERE relpersistence = 'p'),
    (SELECT count(*) FROM pg_attribute WHERE attnum > 0 AND NOT attisdropped),
    (SELECT count(*) || ' ' || count(*) FILTER (WHERE tgenabled = 'O') FROM pg_trigger),
    (SELECT count(*) FROM pg_proc), (SELECT count(*) FROM pg_statistic)"""


async def empty_sqlite(file: Path) -> None:
    """A migrated SQLite database in one file without anything in it, to copy."""
    with tempfile.TemporaryDirectory() as directory:
        db = await open_database(Settings(data=Path(directory)))
        await db.close()
        shutil.copyfile(Path(directory) / "harken.sqlite", file)


class Shelf:
    """PostgreSQL databases that were used before, as new; `url` is the server's, which has a template_harken."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._free: list[tuple[str, int]] = []  # name, and how often it was lent
        self._lent: dict[str, int] = {}
        self._shapes: dict[str, object] = {}
        with psycopg.connect(self.at("template_harken"), autocommit=True) as connection:
            connection.execute(_KEPT)

    def at(self, name: str) -> str:
        """The URL of the database `name`."""
        return self.url.replace("/postgres?", f"/{name}?")

    def lend(self) -> str:
        """The URL of an empty, migrated database."""
        if self._free:
            name, times = self._free.pop()
        else:
            name, times = f"test_{secrets.token_hex(6)}", 0
            with psycopg.connect(self.url, autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {name} TEMPLATE template_harken STRATEGY file_copy")
            with psycopg.connect(self.at(name), autocommit=True) as connection:
                self._shapes[name] = connection.execute(_SHAPE).fetchone()
        self._lent[name] = times + 1
        return self.at(name)

    def take_back(self, url: str) -> None:
        """Wipe the database at `url`; one whose tables were changed, or that was lent often, is dropped."""
        name = next(name for name in self._lent if f"/{name}?" in url)
        times = self._lent.pop(name)
        if times < _LENT_AT_MOST and self._wiped(name):
            self._free.append((name, times))
            return
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _wiped(self, name: str) -> bool:
        try:
            with psycopg.connect(self.at(name), autocommit=True) as connection:
                if connection.execute(_SHAPE).fetchone() != self._shapes[name]:
                    return False
                connection.execute("SELECT pristine.again()")
        except psycopg.Error:
            return False
        return True
