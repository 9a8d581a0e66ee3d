select count(*) from areas
select code, title, people from areas order by code desc limit 1 offset 1
select a.code, p.id from areas a join places p on p.area = a.code where a.people > 5
select a.code, count(p.id) filter (where p.until is null) n from areas a left join places p on p.area = a.code group by a.code
with big as (select * from areas where people >= 10), all_of as (select * from big union all select * from areas) select count(*) from all_of
select code, row_number() over (partition by people > 5 order by code) r, lag(people) over (order by code) from areas
select code, people from areas qualify rank() over (order by people desc) = 1
select people > 15 as large, sum(people), avg(people), median(people), quantile_cont(people, 0.5) from areas group by grouping sets ((large), ())
select title, people from areas group by rollup (title, people) order by all
select title from areas order by title collate kk
select year(since), month(since), date_trunc('month', since), since + interval 1 day, date_diff('day', since, date '2026-01-01') from places
select case when people > 15 then 'үлкен' else 'кіші' end көлем, count(*) from areas group by 1
select try_cast(code as integer) + 1, cast(people as varchar), people::double / 2 from areas
select string_agg(title, ', ' order by title) from areas
select list_transform([1, 2, 3], lambda x: x + 1), list_filter([1, 2, 3], lambda x: x > 1), list_sort(list(people)) from areas
select distinct on (area) area, id from places order by area, id
select * exclude (people) from areas
select columns('co.*') from areas
select code from areas where title ilike '%ал%' or regexp_matches(title, '^А') or title like '_лматы'
select code from areas where exists (select 1 from places p where p.area = areas.code)
select code from areas where code in (select area from places) and code not in ('9999')
select code from areas except select area from places
select code from areas intersect select area from places
select coalesce(until, date '9999-12-31'), nullif(area, ''), greatest(1, 2), round(2.567, 1) from places
select upper(title), lower(title), length(title), substr(title, 1, 2), replace(title, 'а', 'о'), lpad(code, 6, '0') from areas
select {'a': code, 'b': people} as s, [code, title] as l from areas
select unnest([1, 2, 3]) as n
select * from (values (1, 'a'), (2, 'b')) as v(n, t)
select n from range(10) as t(n)
select sum(people) over (order by code rows between unbounded preceding and current row) from areas
select corr(people, people), stddev(people), count(distinct title), any_value(title), bool_or(people > 1) from areas
select strftime(since, '%Y-%m'), extract(year from since), make_date(2020, 1, 1), monthname(since) from places
select levenshtein(title, 'Алматы'), strip_accents(title), concat_ws('-', code, title), title || '!' from areas
select local.areas.code from local.areas where people between 1 and 100
select arg_max(title, people), min_by(title, people), histogram(people > 5) from areas
select code, people * 100.0 / sum(people) over () as percent from areas order by percent desc nulls last
