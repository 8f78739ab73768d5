# Writes the databases of this folder.
import os, sqlite3

for name in ("plant.db", "small.db"):
    if os.path.exists(name):
        os.remove(name)

c = sqlite3.connect("plant.db")
c.execute("PRAGMA page_size=1024")
c.execute('CREATE TABLE log (id INTEGER PRIMARY KEY, t REAL NOT NULL, "temp level" REAL, unit TEXT, CHECK (t >= 0))')
for i in range(500):
    c.execute("INSERT INTO log VALUES (?, ?, ?, ?)", (i + 1, i / 10, round(20 + i / 10, 1), [None, "a", "b"][(i + 1) % 3] if i != 1 else "a"))
c.execute("ALTER TABLE log ADD COLUMN note TEXT")
c.execute("UPDATE log SET note = ? WHERE id = 500", ("long " * 2000,))
c.execute("UPDATE log SET unit = CASE WHEN id % 2 = 1 THEN 'a' WHEN id % 10 = 8 THEN 'b' ELSE NULL END")
c.execute("UPDATE log SET unit = 'b' WHERE id = 498")
c.execute("CREATE TABLE second (k INTEGER, v)")
c.executemany("INSERT INTO second VALUES (?, ?)", [(-300, 7), (-2, 1.5), (1 << 40, None)])
c.execute("CREATE VIEW hot AS SELECT * FROM log WHERE t > 40")
c.commit()
c.close()

c = sqlite3.connect("small.db")
c.execute("PRAGMA page_size=512")
c.execute("CREATE TABLE log (t REAL, x REAL)")
c.executemany("INSERT INTO log VALUES (?, ?)", [(i, i * i) for i in range(30)])
c.commit()
c.close()
