"""Write docs/options.md from docs/options.in: NAME, a tab, what it does."""

lines = open("docs/options.in").read().splitlines()
rows = [line.split("\t") for line in lines if line]
with open("docs/options.md", "w") as page:
    page.write("<!-- written by docs/generate.py -->\n\n")
    for name, does in rows:
        page.write(f"- `{name}`: {does}\n")
