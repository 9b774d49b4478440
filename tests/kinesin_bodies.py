"""KinesinLMS: a tracking event as its player sends it, and one as its documentation has it."""

from typing import Any

from waypost.sources.kinesin_types import VIDEO

ANON = "7d0b0a3e-2f8e-4a52-9c43-0a1b2c3d4e5f"
BLOCK = "1f0c9a52-5d0a-4a8e-8f43-6a1b1e0c7d11"
PLAY = {"video_id": "k519LgRBnEM", "video_event_type": "kinesinlms.course.video.play"}
SENT: dict[str, Any] = {
    "event_type": VIDEO,
    "course_run": "SP",
    "course_slug": "DEMO",
    "unit_node_slug": "u1",
    "course_unit_id": 17,
    "course_unit_slug": "intro",
    "block_id": 4,
    "block_uuid": BLOCK,
    "event_data": PLAY,
}
DOCUMENTED: dict[str, Any] = {"tracking_event_type": "video", "node_id": 9, "event_data": PLAY}
