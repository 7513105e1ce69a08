"""The ClipSync page and its REST routes, as a web application that knows no Airflow.

    app.py            puts the application together
    host.py           what the house around it supplies: who is asking, what they may do, Dag runs
    security.py       headers, same-origin posts
    problems.py       errors as application/problem+json, or as a page for people
    actions.py        what people can start, as orders for Dag runs
    pages.py          overview, project, run
    rest.py           the routes that mirror AutoClip's
    exports.py        CSV, JSON and one self-contained HTML file
    files.py          static files and Data Docs
    language.py       English and Chinese: the page's own words
    chart.py          the history as an inline SVG

Everything it shows comes from `clipsync.operations`; it writes nothing. What changes anything is a
Dag run, which the host starts with the caller's own rights.
"""
