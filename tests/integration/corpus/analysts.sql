-- Ordinary questions of analysts, of the kinds that tutorials of SQL teach. Each is answered in every format.
select * from areas
select code, title from areas where people > 10
select distinct area from places
select count(*), count(distinct area), count(until) from places
select sum(people), avg(people), min(people), max(people), median(people), stddev(people), var_samp(people) from areas
select area, count(*) as n from places group by area having count(*) >= 1 order by n desc, area
select a.title, p.id from areas a inner join places p on p.area = a.code
select a.title, p.id from areas a left join places p on p.area = a.code and p.until is null
select a.title, p.id from areas a right join places p on p.area = a.code
select a.title, p.id from areas a full outer join places p on p.area = a.code
select a.code, b.code from areas a cross join areas b
select a.code, b.code from areas a join areas b on a.people < b.people
select * from areas a natural join (select code, 1 as extra from areas) b
select * from areas semi join places on areas.code = places.area
select * from areas anti join places on areas.code = places.area
select code from areas where code in (select area from places)
select code from areas where code not in ('1000', '3000')
select code from areas a where exists (select 1 from places p where p.area = a.code and p.since > date '2020-06-01')
select code, (select count(*) from places p where p.area = a.code) as n from areas a
select title from areas where people = (select max(people) from areas)
select title from areas where people >= all (select people from areas)
select title from areas where people = any (select people from areas)
select title from areas where people between 5 and 15
select title from areas where title like 'А%' or title ilike 'а%'
select title from areas where title similar to 'А.*'
select title from areas where regexp_matches(title, '^А')
select title from areas where title glob 'А*'
select title from areas where title ~ 'А.*'
select title from areas where not (people > 5 and people < 15)
select title, case when people > 15 then 'big' when people > 5 then 'middle' else 'small' end as size from areas
select title, case code when '1000' then 'A' else 'B' end from areas
select if(people > 10, 'yes', 'no'), ifnull(title, '-'), nullif(code, '1000'), coalesce(null, title, 'x') from areas
select upper(title), lower(title), length(title), reverse(title) from areas
select substring(title from 1 for 2), substr(title, 2), left(title, 2), right(title, 2) from areas
select trim(both ' ' from '  x  '), ltrim(' x'), rtrim('x '), lpad(code, 8, '0'), rpad(code, 8, '.') from areas
select replace(title, 'А', 'a'), translate(title, 'А', 'a'), overlay(title placing 'zz' from 1 for 2) from areas
select position('м' in title), strpos(title, 'м'), instr(title, 'м'), contains(title, 'м'), starts_with(title, 'А') from areas
select split_part('a-b-c', '-', 2), string_split('a-b-c', '-'), string_to_array('a,b', ','), regexp_split_to_array('a1b', '[0-9]')
select regexp_extract(title, '(.)(.)', 1), regexp_replace(title, '[а-я]', '', 'g'), regexp_extract_all(title, '.') from areas
select concat(code, '-', title), concat_ws(', ', code, title), code || ' ' || title from areas
select format('{} has {}', title, people), printf('%05d', people) from areas
select repeat('=', 10), repeat('ab', 3) as pattern
select ascii('a'), chr(65), unicode('a'), md5(title), sha256(title), sha1(title), hash(title) from areas
select to_base64('abc'::blob), from_base64('YWJj'), encode('abc'), decode(encode('abc')), hex('abc'), unhex('616263')
select url_encode('a b&c'), url_decode('a%20b'), strip_accents('é'), bar(people, 0, 100) from areas
select round(people / 3, 2), ceil(people / 3.0), floor(people / 3.0), trunc(people / 3.0), abs(-people), sign(people) from areas
select people % 3, mod(people, 3), people // 3, people ^ 2, power(people, 2), sqrt(people), cbrt(people) from areas
select ln(people), log10(people), log2(people), exp(1), pi(), sin(1), cos(1), tan(1), atan2(1, 2), degrees(pi()), radians(180) from areas
select greatest(people, 15), least(people, 15), gcd(people, 4), lcm(people, 4), factorial(5), even(people) from areas
select random() < 1 as r from areas
select setseed(0.5), random()
select code from areas order by random() limit 1
select people & 3, people | 1, xor(people, 1), ~people, people << 1, people >> 1, bit_count(people) from areas
select cast(people as varchar), people::double, try_cast(title as integer), cast('12.5' as decimal(9, 2)) from areas
select typeof(people), typeof(title), pg_typeof(1) from areas
select now(), current_date, current_timestamp, today(), localtimestamp, current_time
select now() - interval 7 day as week_ago, current_date - 30 as month_ago
select since, year(since), month(since), day(since), quarter(since), week(since), dayofweek(since), dayname(since), monthname(since) from places
select extract(year from since), extract(epoch from since), date_part('month', since), isodow(since), weekofyear(since) from places
select date_trunc('month', since) as m, count(*) from places group by m order by m
select date_trunc('year', since)::date as y, count(*) from places group by all order by all
select since + interval 1 month, since + interval '2 days', since - interval (1) year, date_add(since, interval 1 week) from places
select until - since as days, date_diff('month', since, until), datediff('day', since, until), date_sub('month', since, until) from places
select age(until, since), age(since) > interval 1 day from places
select interval 90 minute, interval '1 year 2 months', to_days(5), to_hours(3), to_minutes(90)
select until::timestamp - since::timestamp as held from places
select strftime(since, '%d.%m.%Y'), strptime('03.02.2024', '%d.%m.%Y'), try_strptime('x', '%d') from places
select make_date(2024, 2, 29), make_time(10, 30, 0), make_timestamp(2024, 2, 29, 10, 30, 0), last_day(date '2024-02-01'), days_in_month(date '2024-02-01')
select timestamp '2024-01-01 10:00:00' at time zone 'Asia/Almaty', timezone('UTC', timestamp '2024-01-01 10:00:00')
select time '10:30:00', time '10:30:00+05'::timetz, timetz '10:30:00+05:00'
select '10:30'::time + interval 1 hour
select to_timestamp(1700000000), epoch(timestamp '2024-01-01'), epoch_ms(1700000000000), make_timestamp_ms(1700000000000)
select date '0044-03-15 (BC)' as ides, timestamp '0044-03-15 (BC) 10:00:00' as moment
select 'infinity'::date, '-infinity'::timestamp
select date '12024-01-01'
select time_bucket(interval '3 months', since), count(*) from places group by 1
select century(since), decade(since), era(since), julian(since), yearweek(since) from places
select unnest(generate_series(date '2024-01-01', date '2024-03-01', interval 1 month)) as month
select range::date as day from range(date '2024-01-01', date '2024-01-10', interval 1 day)
select d.day, count(p.id) from (select unnest(range(date '2020-01-01', date '2020-03-01', interval 1 month))::date as day) d left join places p on p.since <= d.day group by 1 order by 1
select i, i * i from range(10) t(i)
select * from generate_series(1, 10, 3)
select row_number() over (order by people desc) as place, title from areas
select title, rank() over (order by people), dense_rank() over (order by people), percent_rank() over (order by people), cume_dist() over (order by people) from areas
select title, ntile(4) over (order by people) from areas
select title, people, lag(people) over (order by people) as before, lead(people, 1, 0) over (order by people) as after from areas
select title, people - lag(people) over (order by people) as change from areas
select title, first_value(title) over w, last_value(title) over w, nth_value(title, 2) over w from areas window w as (order by people rows between unbounded preceding and unbounded following)
select title, sum(people) over (order by people rows between unbounded preceding and current row) as running from areas
select title, avg(people) over (order by people rows between 2 preceding and current row) as moving from areas
select title, 100.0 * people / sum(people) over () as percent from areas
select area, id, row_number() over (partition by area order by since desc) as n from places qualify n = 1
select * from places qualify row_number() over (partition by area order by since) = 1
select id, since, sum(1) over (order by since range between interval 1 year preceding and current row) from places
select id, count(*) over (partition by year(since)) from places
select title, sum(people) filter (where people > 5) over () from areas
select title, lag(title ignore nulls) over (order by code) from areas
select title, sum(people) over (order by code rows between current row and 1 following exclude current row) from areas
select title, max(people) over (order by people groups between 1 preceding and 1 following) from areas
with big as (select * from areas where people > 5) select count(*) from big
with a as (select code from areas), b as (select * from a) select * from b
with areas as (select * from areas where people > 5) select * from areas
with recursive n(i) as (select 1 union all select i + 1 from n where i < 10) select i from n
with recursive days as (select date '2024-01-01' as d union all select d + 1 from days where d < date '2024-01-07') select d::date from days
with recursive fib(a, b) as (values (0, 1) union all select b, a + b from fib where b < 100) select a from fib
with t as materialized (select * from areas) select * from t
select code from areas union select area from places
select code from areas union all select area from places
select code from areas intersect select area from places
select code from areas except select area from places
select code, people from areas union all by name select area as code from places
(select code from areas order by code limit 1) union all (select area from places order by area limit 1)
select year(since) as y, area, count(*) from places group by rollup (y, area)
select year(since) as y, area, count(*) from places group by cube (y, area)
select year(since) as y, area, grouping(y, area), count(*) from places group by grouping sets ((y), (area), ())
select area, count(*) filter (where until is null) as open, count(*) filter (where until is not null) as closed from places group by area
select sum(case when people > 10 then 1 else 0 end) as big, count_if(people > 10), countif(people > 5) from areas
select string_agg(title, ', ' order by title), listagg(title, ';'), group_concat(title) from areas
select array_agg(title order by people desc), list(people), list(distinct people) from areas
select quantile_cont(people, 0.5), quantile_disc(people, [0.25, 0.75]), percentile_cont(0.5) within group (order by people), mode(people) from areas
select approx_count_distinct(title), approx_quantile(people, 0.5), approx_top_k(title, 2), reservoir_quantile(people, 0.5) from areas
select corr(people, length(title)), covar_pop(people, 2), regr_slope(people, length(title)), regr_r2(people, 2), regr_intercept(people, 2) from areas
select skewness(people), kurtosis(people), entropy(people), mad(people), sem(people), geomean(people), product(people) from areas
select histogram(people), histogram_exact(people, [5, 10]) from areas
select arg_max(title, people), arg_min(title, people), max_by(title, people), min_by(title, people), max(people, 2), arg_max(title, people, 2) from areas
select first(title order by people), last(title order by people), any_value(title), arbitrary(title) from areas
select bool_and(people > 1), bool_or(people > 15), bit_and(people), bit_or(people), bit_xor(people) from areas
select weighted_avg(people, 2), fsum(people), favg(people), sum(distinct people) from areas
select sum(people::hugeint), sum(people::bigint), 170141183460469231731687303715884105727 from areas
select 99999999999999999999999999999999999999::hugeint, 5::uhugeint, 18446744073709551615::ubigint
select 'nan'::double, 'inf'::double, '-inf'::double, 1.0 / 3, 1e308 * 10
select 1::tinyint, 1::smallint, 1::utinyint, 1::usmallint, 1::uinteger, 1::real, 1::numeric(18, 3), 1::int128
select true, false, null, not true, null is null, 1 is distinct from null
select uuid() is not null, gen_random_uuid() is not null, '5b2f1c2e-0000-4000-8000-000000000000'::uuid
select '\xAA\xBB'::blob, 'abc'::bytea, octet_length('abc'::blob)
select '10101'::bit, bit_count('101'::bit), '11'::bit & '01'::bit
select 'small'::enum('small', 'big') as size, enum_range(null::enum('a', 'b'))
select {'name': title, 'people': people} as item from areas
select s.name from (select {'name': title, 'inner': {'x': 1}} as s from areas)
select struct_pack(a := 1, b := 'x'), struct_extract({'a': 1}, 'a'), row(1, 'x'), struct_insert({'a': 1}, b := 2)
select unnest({'a': 1, 'b': 2})
select [1, 2, 3], [1, 2, 3][1], [1, 2, 3][2:3], [[1, 2], [3]], ['a', null], []
select list_value(1, 2), list_contains([1, 2], 1), list_position([1, 2], 2), len([1, 2]), array_length([1, 2]), list_sort([3, 1]), list_distinct([1, 1]), list_reverse([1, 2])
select list_transform([1, 2], x -> x + 1), list_filter([1, 2], lambda x: x > 1), list_reduce([1, 2, 3], lambda a, b: a + b)
select [x * 2 for x in [1, 2, 3] if x > 1]
select list_sum([1, 2]), list_avg([1, 2]), list_min([1]), list_max([1]), list_aggregate([1, 2], 'sum'), array_to_string([1, 2], ','), flatten([[1], [2]])
select list_zip([1, 2], ['a', 'b']), list_concat([1], [2]), list_append([1], 2), list_intersect([1, 2], [2]), list_has_any([1], [1]), array_slice([1, 2, 3], 1, 2)
select unnest([1, 2, 3]) as n, unnest(['a', 'b', 'c']) as letter
select * from unnest([1, 2, 3]) t(n)
select code, word from areas, unnest(string_split(title, 'т')) as t(word)
select generate_subscripts([10, 20, 30], 1) as i
select map {'a': 1, 'b': 2}, map {'a': 1}['a'], map_keys(map {'a': 1}), map_values(map {'a': 1}), map_entries(map {'a': 1}), map([1], ['x']), cardinality(map {'a': 1})
select map {date '2024-01-01': interval 1 day}, [time '10:00'], {'b': 'x'::blob, 'n': 1::hugeint}
select map_from_entries([{'k': 1, 'v': 2}]), map_concat(map {'a': 1}, map {'b': 2}), map_contains(map {'a': 1}, 'a')
select [date '2024-01-01'], [timestamp '2024-01-01'], [[interval 1 day]], [date '0044-03-15 (BC)']
select [1, 2, 3]::integer[3], array_value(1, 2), array_distance([1.0, 2.0]::double[2], [1.0, 3.0]::double[2])
select union_value(number := 1), union_tag(union_value(number := 1))
select to_json({'a': 1}), to_json([1, 2]), json_object('code', code, 'people', people) from areas
select json_group_array(title), json_group_object(code, people) from areas
select '{"a": {"b": [1, 2]}}'::json -> 'a' ->> 'b', json_extract('{"a": 1}', '$.a'), json_extract_string('{"a": "x"}', '$.a'), '{"a": 1}' ->> '$.a'
select json_array_length('[1, 2]'), json_keys('{"a": 1}'), json_type('{"a": 1}'), json_valid('{'), json_array(1, 'x'), json_quote('x'), json_structure('{"a": 1}')
select key, value, type from json_each('{"a": 1, "b": [2]}')
select fullkey, value from json_tree('{"a": {"b": 1}}')
select a.code, j.value from areas a, json_each(json_object('c', a.code, 'p', a.people)) j
select json_merge_patch('{"a": 1}', '{"b": 2}'), json_contains('{"a": 1}', '{"a": 1}'), json_exists('{"a": 1}', '$.a'), json_transform('{"a": 1}', '{"a": "INTEGER"}'), row_to_json({'a': 1}), array_to_json([1])
select json_serialized from (select to_json(a) as json_serialized from areas a)
select * from (pivot places on year(since) in (2020, 2021) using count(*) group by area)
select * from (pivot areas on code in ('1000', '2000') using sum(people))
select * from places pivot (count(*) for area in ('1000', '2000'))
pivot places on area in ('1000', '2000') using count(*) as n group by id
unpivot (select code, people, length(title) as letters from areas) on people, letters into name measure value amount
select * from (select code, people, 5 as other from areas) unpivot (amount for kind in (people, other))
select * exclude (title) from areas
select * replace (people * 2 as people) from areas
select * rename (title as name) from areas
select columns('c.*') from areas
select min(columns(*)) from areas
select columns(c -> c like 't%') from areas
select coalesce(*columns(['title', 'code'])) from areas
select a.*, p.since from areas a join places p on p.area = a.code
select a.code, b.code, a.title, b.title from areas a join areas b using (code)
from areas
from areas select code where people > 5
select title as name, name || '!' as loud from areas
select upper(title) as t from areas where t like 'А%' order by t
select code, count(*) from areas group by 1 order by 2 desc, 1
select * from areas order by people desc nulls last, title limit 1 offset 1
select * from areas order by title collate kk
select * from areas limit 50%
select * from areas fetch first 1 rows only
select * from areas using sample 1 rows
select * from areas tablesample reservoir(50%)
select * from areas using sample 50% (bernoulli)
select distinct on (area) area, id from places order by area, since desc
values (1, 'a'), (2, 'b')
select * from (values (1, 'a'), (2, 'b')) as t(n, letter)
select t.n, a.title from (values ('1000', 1)) t(code, n) join areas a using (code)
select p.id, q.id from places p asof join places q on p.since >= q.since
select p.id, q.id from places p asof left join places q on p.area = q.area and p.since > q.since
select * from areas positional join (select id from places)
select a.code, x.n from areas a, lateral (select count(*) as n from places p where p.area = a.code) x
select a.code, x.id from areas a left join lateral (select id from places p where p.area = a.code order by since limit 1) x on true
select * from areas where (code, people) in (select code, people from areas)
select * from areas where (code, title) = ('1000', 'Алматы')
select code, people, people > (select avg(people) from areas) as above from areas
select array(select title from areas order by title)
select (select list(title) from areas) as titles
select max(n) from (select area, count(*) as n from places group by area)
select count(*) from areas a join places p on p.area = a.code join areas b on b.code = a.code
select levenshtein('kitten', 'sitting'), jaccard('ab', 'bc'), jaro_winkler_similarity('a', 'b'), damerau_levenshtein('a', 'b'), hamming('ab', 'ac')
select isnan(1.0::double), isinf(1.0::double), isfinite(1.0::double), 1 = 1.0, 5 !, 2 ** 3
select nfc_normalize('é'), ord('a'), bin(5), to_hex(255), to_binary(5), formatReadableSize(1000000), format_bytes(1000), parse_path('a/b')
select error_free from (select try(people / 0) as error_free from areas)
select people / nullif(people, 10), try(people % 0) from areas
select e'line\nbreak', $$dollar's$$, 'it''s', x'41'
select 1_000_000, 0xFF, 1e3, .5, -5, +5
select '=1+1', '+7 701 000 00 00', '-5', '@x', e'\x1b[31m', ':smile:', '[red]x'
select "code", "title" as "Name of the area" from "areas"
select local.areas.code from local.areas
select areas.code from local.areas
select a as b from (select people as a from areas) order by b
select ten: 10, code from areas
describe areas
summarize places
show tables
describe select count(*) from areas
select column_name, column_type from (describe areas)
select column_name, min, max from (summarize areas)
select year(since)::varchar || '-Q' || quarter(since) as q, count(*) from places group by q order by q
select sum(people) as people, 'all' as title from areas union all select people, title from areas order by people desc
select count(*) * 100.0 / (select count(*) from places) from places where until is null
select median(until - since) from places where until is not null
select lag(since) over (partition by area order by since) is null as is_first, id from places
select generate_series(1, people) from areas
select unnest(range(people)) as n, code from areas
select code, switch from (select code, 1 as switch from areas)
select people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people + people as total from areas
select ((((((((((((((((((((((((((((((((((((((((((people)))))))))))))))))))))))))))))))))))))))))) from areas
select strftime(since, '%Y-W%V') wk, count(*) from places group by wk order by wk
select (since::timestamp at time zone 'Europe/Berlin')::timestamptz from places
select timestamptz '2024-03-31 01:30:00+00' at time zone 'Europe/Berlin', timezone('Asia/Tokyo', now())
select date_part(['year','month','day'], since) from places
select since, count(*) over (order by since range between interval '6 months' preceding and interval '1 day' following) from places
select code, sum(people) over (order by people rows between current row and unbounded following exclude ties) from areas
select equi_width_bins(min(people), max(people), 5, true) from areas
select unnest(map_entries(histogram(people))) from areas
select cast(people/5 as int)*5 as lo, repeat('█', count(*)::int) from areas group by lo
select * from areas full join places using (valid_from)
select * from areas tablesample reservoir(20%) repeatable (42)
select * from areas tablesample bernoulli(50 percent)
select columns(lambda c: c like 't%') from areas
select * like 'p%' from areas
select * similar to 'c.*' from areas
select * rename (people as inhabitants) from areas
select array_slice(title, 1, 2), string_split(title, '')[1] from areas
select title.upper(), title.length() from areas
select lpad(people::varchar, 6, '0'), format('{:,}', people * 1000), format('{:.2f}', people / 3), printf('%.1f%%', 12.345) from areas
select regexp_replace(title, '(\w+)', '<\1>', 'g'), regexp_extract(code, '(\d)(\d)', ['a','b']), regexp_matches(title, '(?i)^а') from areas
select regexp_split_to_table('a,b,c', ',')
select left(title, -1), right(title, -1), substring(title, -2), strpos(title, 'а'), title.contains('а') from areas
select map_from_entries(list((code, people))) from areas
select grouping_id(code, title), code, title, sum(people) from areas group by cube (code, title)
with recursive t(n) as materialized (select 1 union select n % 5 + 1 from t) from t
with recursive tbl(a, b) using key (a) as (select 1, 10 union select a, b - 1 from tbl where b > 0) select * from tbl
select * from generate_series(timestamp '2024-01-01', timestamp '2024-01-02', interval '6 hours') t(ts)
select * from areas union by name select * from places
select code from areas except all select area from places
select unnest(from_json('[{"a":1},{"a":2}]', '[{"a":"INT"}]'), recursive := true)
select unnest({'a': 1, 'b': {'c': 2}}, recursive := true), unnest([{'a':1},{'a':2}], max_depth := 2)
select [1,2,3].list_sum(), list_transform([1,2,3], lambda x, i: x * i), list_reduce([1,2,3], lambda a, x: a + x, 10), [y for y in range(5) if y % 2 = 0]
select list_cosine_similarity([1.0,2],[2,1]), list_zip([1,2],['a','b']), list_select([10,20,30],[1,3]), list_where([1,2],[true,false]), list_resize([1],3,0), list_any_value([null,1]), list_unique([1,1,2]), unpivot_list(1,2)
select list_histogram([1,1,2]), list_median([1,2,3]), list_stddev_samp([1,2]), list_mode([1,1]), list_string_agg(['a','b'])
select timestamp_s '2024-01-01', timestamp_ms '2024-01-01', timestamp_ns '2024-01-01 00:00:00.123456789', '2024-01-01 00:00:00+06'::timestamptz, 'epoch'::date
select strptime('1 Jan 2024 13:05', '%-d %b %Y %H:%M'), strptime('2024', ['%Y-%m', '%Y']), try_strptime('31.02.2024','%d.%m.%Y'), strftime(timestamp '2024-01-01 05:06:07', '%A, %-d %B %Y - %I:%M:%S %p')
select area, id, sum(new) over (partition by area order by since) island from (select *, case when since - lag(coalesce(until, since)) over (partition by area order by since) > 30 then 1 else 0 end new from places)
select sum(people) over (), sum(sum(people)) over () from areas group by people
select variant_typeof(1::variant), {'a': 1}::variant
select cast(row(1, 'x') as struct(a int, b varchar)), row(1, 2) < row(1, 3), (1, 2) = (1, 2), struct_extract(row(1,2), 1)
