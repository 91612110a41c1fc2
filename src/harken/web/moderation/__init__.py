"""Where moderators work: reports, people, appeals, and the record of what was decided."""

from __future__ import annotations

from . import appeals, community, invites, keeping_out, overview, people, record, reports, trends, whispers

routes = [
    *overview.routes, *reports.routes, *people.routes, *appeals.routes, *invites.routes, *keeping_out.routes,
    *trends.routes, *community.routes, *record.routes,
    *whispers.routes]
