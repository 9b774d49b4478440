"""The demo tenant and its token: they exist in the local default, never in a deployed stack."""

TENANT = "11111111-1111-4111-8111-111111111111"
TOKEN = "wp_demo_" + "0" * 56
