"""What Moesif's clients post where: the parser of each of its routes."""

from waypost.sources import moesif, moesif_calls, moesif_profiles

PARSERS = {
    "/v1/actions": moesif.actions,
    "/v1/actions/batch": moesif.actions,
    "/v1/users": moesif_profiles.users,
    "/v1/users/batch": moesif_profiles.users,
    "/v1/companies": moesif_profiles.companies,
    "/v1/companies/batch": moesif_profiles.companies,
    # The vendor requires a status where a subscription comes alone, not in a batch.
    "/v1/subscriptions": moesif_profiles.subscription,
    "/v1/subscriptions/batch": moesif_profiles.subscriptions,
    "/v1/events": moesif_calls.events,
    "/v1/events/batch": moesif_calls.events,
}
