"""The client for programs that send to Waypost: urllib3 and nothing else of ours."""
