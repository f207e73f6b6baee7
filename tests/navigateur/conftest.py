"""What a page shows is waited for: a busy machine is slow, and a test must not read the page that
is going away."""

from playwright.sync_api import expect

expect.set_options(timeout=20_000)
