"""The event types of KinesinLMS: a closed list, which a tenant may extend."""

VIDEO = "kinesinlms.course.video.activity"
VIDEO_EVENTS = tuple(
    f"kinesinlms.course.video.{name}"
    for name in (
        "load",
        "play",
        "pause",
        "end",
        "error",
        "replay_clicked",
        "playback_rate_change",
        "playback_quality_change",
    )
)
_PAGES = (
    "custom_app",
    "extra_page",
    "home",
    "progress",
    "certificate",
    "speakers",
    "bookmarks",
    "forum_topics",
    "content",
    "admin",
)
_OTHERS = (
    "core.user.registration",
    "core.user.email_confirmed",
    "core.user.email_automation_provider_user_id_created",
    "core.user.login",
    "core.user.enrollment.activated",
    "core.user.enrollment.deactivated",
    "course.search.search_request",
    "course.bookmark.created",
    "course.bookmark.deleted",
    "course.resource.download",
    "course.assessment.submitted",
    "course.simple_interactive_tool.submitted",
    "course.forum.post",
    "course.progress.milestone.completed",
    "course.progress.milestone.progressed",
    "course.progress.passed",
    "course.progress.certificate.earned",
    "course.progress.badge.earned",
    "course.admin.cohort_created",
    "course.admin.cohort_membership_modified",
    "course.admin.report_generated",
    "course.admin.download",
    "site.trainer.trainer_form_submitted",
    "survey.completed",
)
EVENT_TYPES = frozenset(
    {
        VIDEO,
        # The player sends these within a VIDEO; the LMS's own server knows them as types as well.
        *VIDEO_EVENTS,
        *(f"kinesinlms.course.{page}.page_view" for page in _PAGES),
        *(f"kinesinlms.{name}" for name in _OTHERS),
    }
)
