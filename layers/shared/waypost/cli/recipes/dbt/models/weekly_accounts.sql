-- Who was active in which week, and how much.
select
    date_trunc('week', day) as week,
    account_id,
    account_name,
    count(distinct user_id) as users,
    sum(events) as events
from {{ source('waypost', 'activity') }}
where account_id is not null
group by 1, 2, 3
