/** What psql runs for one table of postgres.partitions. */
export const partitionsSql = String.raw`-- Creates the next partitions of one table and drops those that are past keeping. Run by psql with the variables
-- table, "column", every (day, week, month or year), ahead (a number) and keep (a number, or empty: all).
-- Idempotent: what exists is left alone, and a partition is known by its bounds in the catalog, never by its name.
\set ON_ERROR_STOP on
\set VERBOSITY terse
set client_min_messages = notice;
-- Bounds of partitions are days of UTC, whatever the server's zone is.
set timezone = 'UTC';
-- Whoever waits for a lock on a busy table makes all others wait behind it: give up soon, and try again in the next run.
set lock_timeout = '3s';
set statement_timeout = '10min';

select set_config('upkeep.table', :'table', false), set_config('upkeep.column', :'column', false),
       set_config('upkeep.every', :'every', false), set_config('upkeep.ahead', :'ahead', false),
       set_config('upkeep.keep', :'keep', false) \g /dev/null

do $upkeep$
declare
  name constant text := current_setting('upkeep.table');
  key constant text := current_setting('upkeep.column');
  every constant text := current_setting('upkeep.every');
  ahead constant int := current_setting('upkeep.ahead');
  keep constant int := nullif(current_setting('upkeep.keep'), '');
  step constant interval := ('1 ' || every)::interval;
  parent constant regclass := to_regclass(name);
  strategy "char";
  columns text[];
  key_type regtype;
  managed boolean := false;
  first_start timestamptz;
  starts timestamptz;
  ends timestamptz;
  partition record;
  covered boolean;
  child text;
  created int := 0;
  dropped int := 0;
begin
  if not pg_try_advisory_xact_lock(hashtext('scalable-app upkeep'), hashtext(name)) then
    raise notice '%: another run is at it', name;
    return;
  end if;
  if parent is null then
    raise exception 'table % does not exist, or this user may not see it: create it in a migration, or correct postgres.partitions[%].table', name, name;
  end if;

  select p.partstrat,
         (select array_agg(a.attname::text order by k.place)
            from unnest(p.partattrs::int2[]) with ordinality as k(number, place)
            left join pg_attribute a on a.attrelid = p.partrelid and a.attnum = k.number)
    into strategy, columns
    from pg_partitioned_table p where p.partrelid = parent;
  if strategy is null then
    raise exception '% is not partitioned: create it with PARTITION BY RANGE (%), or remove postgres.partitions[%]', name, key, name;
  elsif strategy <> 'r' or columns is distinct from array[key] then
    raise exception '% is not partitioned by range of the one column %, but by % of %: correct postgres.partitions[%].column', name, key,
      case strategy when 'r' then 'range' when 'l' then 'list' else 'hash' end, array_to_string(columns, ', ', 'an expression'), name;
  end if;
  select a.atttypid::regtype into key_type from pg_attribute a where a.attrelid = parent and a.attname = key;
  if key_type not in ('date'::regtype, 'timestamp'::regtype, 'timestamptz'::regtype) then
    raise exception '%.% is of the type %: partitions by time need a date, timestamp or timestamptz', name, key, key_type;
  end if;

  -- A table of pg_partman has its own settings there, and stays with it.
  if to_regclass('partman.part_config') is not null then
    execute 'select exists (select from partman.part_config where to_regclass(parent_table) = $1)' into managed using parent;
    if managed then
      execute 'select partman.run_maintenance(p_parent_table := parent_table) from partman.part_config where to_regclass(parent_table) = $1'
        using parent;
      raise notice '%: pg_partman keeps it; its run_maintenance has run', name;
      return;
    end if;
  end if;

  first_start := date_trunc(every, now());
  for i in 0..ahead loop
    starts := first_start + i * step;
    ends := first_start + (i + 1) * step;
    covered := false;
    for partition in
      select c.oid::regclass as relation, bounds[1]::timestamptz as lower, bounds[2]::timestamptz as upper
        from pg_inherits h
        join pg_class c on c.oid = h.inhrelid
        cross join lateral regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$^FOR VALUES FROM \('?(.*?)'?\) TO \('?(.*?)'?\)$$re$) as found(texts)
        cross join lateral (select array(select case t when 'MINVALUE' then '-infinity' when 'MAXVALUE' then 'infinity' else t end
                                           from unnest(texts) t)) as b(bounds)
       where h.inhparent = parent and texts is not null
    loop
      if partition.lower <= starts and partition.upper >= ends then
        covered := true;
      elsif partition.lower < ends and partition.upper > starts then
        raise exception 'partition % of % reaches from % to % and covers only a part of the % from %: correct postgres.partitions[%].every',
          partition.relation, name, partition.lower::date, partition.upper::date, every, starts::date, name;
      end if;
    end loop;
    continue when covered;
    child := format('%I.%I', (select n.nspname from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = parent),
                    left((select relname from pg_class where oid = parent), 50) || '_p' || to_char(starts, 'YYYYMMDD'));
    -- Made beside the table and then attached: that needs no lock that the app's queries would wait for.
    execute format('create table %s (like %s including defaults including constraints including generated including storage)', child, parent);
    execute format('alter table %s attach partition %s for values from (%L) to (%L)', parent, child,
                   case when key_type = 'timestamptz'::regtype then starts::text else starts::timestamp::text end,
                   case when key_type = 'timestamptz'::regtype then ends::text else ends::timestamp::text end);
    created := created + 1;
    raise notice '%: created % from % to %', name, child, starts::date, ends::date;
  end loop;

  if keep is not null then
    for partition in
      select c.oid::regclass as relation, bounds[2]::timestamptz as upper
        from pg_inherits h
        join pg_class c on c.oid = h.inhrelid
        cross join lateral regexp_match(pg_get_expr(c.relpartbound, c.oid), $re$^FOR VALUES FROM \('?(.*?)'?\) TO \('?(.*?)'?\)$$re$) as found(texts)
        cross join lateral (select array(select case t when 'MINVALUE' then '-infinity' when 'MAXVALUE' then 'infinity' else t end
                                           from unnest(texts) t)) as b(bounds)
       where h.inhparent = parent and texts is not null
       order by 2
    loop
      -- Nothing that holds a row younger than keep periods is ever dropped.
      continue when partition.upper > first_start - keep * step;
      child := partition.relation::text;
      execute format('drop table %s', child);
      dropped := dropped + 1;
      raise notice '%: dropped %, which ended on %', name, child, partition.upper::date;
    end loop;
  end if;
  raise notice '%: % created, % dropped', name, created, dropped;
end
$upkeep$;
`;
