-- Active people by week
SELECT date_trunc('week', day) AS week, count(DISTINCT user_id) AS users
FROM activity
WHERE tenant_id = {{tenant}} AND month >= {{since}}
GROUP BY 1 ORDER BY 1;

-- Accounts that went quiet
SELECT name, users, last_seen, events
FROM accounts
WHERE tenant_id = {{tenant}} AND last_seen < current_date - INTERVAL '30' DAY
ORDER BY events DESC;

-- What is done most, by plan
SELECT json_extract_scalar(properties, '$.plan') AS plan, action, sum(count) AS times
FROM events
WHERE tenant_id = {{tenant}} AND month >= {{since}}
GROUP BY 1, 2 ORDER BY 3 DESC;

-- People without an account, and the reason
SELECT user_id, name, email, reason, last_seen
FROM users
WHERE tenant_id = {{tenant}} AND account_id IS NULL
ORDER BY last_seen DESC;
