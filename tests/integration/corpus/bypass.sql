select * from secrets
select * from local.secrets
select * from "local"."secrets"
select * from LOCAL.SECRETS
select count(*) from secrets
select 1 from areas where exists (select * from secrets)
select (select max(name) from secrets)
select code from areas where code in (select name from secrets)
select code from areas order by (select name from secrets limit 1)
select code from areas limit (select count(*) from secrets)
select code from areas qualify row_number() over (order by (select max(name) from secrets)) = 1
select count(*) filter (where exists (from secrets)) from areas
select list_transform([1], x -> (select max(name) from secrets))
with areas as (select * from secrets) select * from areas
with recursive r as (select 1 as n union all select n + 1 from r) select * from r limit 5
with x as materialized (select * from secrets) select * from x
from secrets
table secrets
values ((select max(name) from secrets))
select * from areas join secrets on true
select * from areas natural join secrets
select * from areas positional join secrets
select * from areas, lateral (select * from secrets) s
select * from (select * from secrets) s
select * from areas union all select name, name, 1, null, null, null, null from secrets
select hidden from areas
select areas.hidden from areas
select columns('hid.*') from areas
select struct_extract(areas, 'hidden') from areas
select * from read_csv('/etc/passwd')
select * from read_csv_auto('/etc/passwd')
select * from read_text('/etc/passwd')
select * from read_blob('/etc/passwd')
select * from read_json('/etc/passwd')
select * from read_parquet('**/*.parquet')
select * from read_parquet('PROJECT/.altyn/store/**/*.parquet')
select * from read_text('PROJECT/.altyn/snapshots/000001.json')
select * from parquet_metadata('PROJECT/.altyn/store/**/*.parquet')
select * from parquet_scan('PROJECT/.altyn/store/local/secrets/*.parquet')
select * from delta_scan('PROJECT/.altyn/store/local/secrets')
select * from glob('*')
select * from '/etc/passwd'
select * from 'PROJECT/.altyn/store/local/secrets/*.parquet'
select * from "PROJECT/data/secrets.csv"
select * from sniff_csv('PROJECT/data/secrets.csv')
select read_text('/etc/passwd')
select content from read_text('/proc/self/environ')
attach '/tmp/x.db' as x
attach 'PROJECT/x.db'
detach memory
copy areas to '/tmp/out.csv'
copy (select 1) to 'PROJECT/out.csv'
export database '/tmp/x'
import database '/tmp/x'
install httpfs
load httpfs
set enable_external_access = true
reset lock_configuration
pragma database_list
pragma show_tables
call duckdb_tables()
create table t as select 1
create view v as select * from secrets
create macro m(x) as x
create temp macro md5(x) as 'no'
insert into areas values ('1')
update areas set people = 0
delete from areas
drop view areas
alter table areas rename to b
truncate areas
vacuum
checkpoint
begin
explain select * from secrets
explain analyze select 1
describe areas
describe secrets
show tables
show all tables
summarize areas
summarize secrets
use local
prepare p as select 1
execute p
select 1; select * from secrets
select 1; drop view areas
select * from query('select * from secrets')
select * from query_table('secrets')
select * from query_table(['secrets'])
select json_execute_serialized_sql(json_serialize_sql('select 1'))
from json_execute_serialized_sql(json_serialize_sql('select * from secrets'))
select json_serialize_sql('select 1')
select current_setting('temp_directory')
select getenv('HOME')
select getvariable('x')
set variable x = 1
select * from duckdb_tables()
select * from duckdb_views()
select * from duckdb_settings()
select * from duckdb_databases()
select * from duckdb_columns()
select * from information_schema.tables
select * from information_schema.columns
select * from pg_catalog.pg_class
select * from sqlite_master
select * from pragma_storage_info('areas')
select * from pragma_database_size()
select stats(code) from areas
select error('x')
select error(title) from areas
select cast(title as integer) from areas
select title::date from areas
select nextval('s')
select currval('s')
select * from areas at (version => 1)
pivot areas on code using sum(people)
unpivot areas on people into name n value v
select * from areas tablesample 10%
select main.read_text('/etc/passwd')
select system.main.read_text('/etc/passwd')
select * from system.information_schema.tables
select * from memory.main.areas
select * from temp.areas
select * from а_reas
select * from ѕecrets
select $1
select ?
select repeat('a', 10)
select * from range(100000000000)
select * from generate_series(1, 1000000000000)
select * from repeat_row(1, num_rows => 10)
select * from test_all_types()
select write_log('x')
select txid_current()
select version()
select * from duckdb_secrets()
select which_secret('s3://x', 's3')
select * from pg_read_file('/etc/passwd')
select icu_sort_key('a', 'de')
select * from areas where code = 'x' or 1 = (select count(*) from local.secrets)
