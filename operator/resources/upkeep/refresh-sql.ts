/** What psql runs for one view of postgres.materializedViews. */
export const refreshSql = String.raw`-- Refreshes one materialized view without locking out its readers. Run by psql with the variable view.
\set ON_ERROR_STOP on
\set VERBOSITY terse
set lock_timeout = '3s';
set statement_timeout = 0;

select set_config('upkeep.view', :'view', false) \g /dev/null

-- The lock of the session is held through the refresh, which cannot be part of a transaction block that a DO statement is.
select pg_try_advisory_lock(hashtext('scalable-app refresh'), hashtext(:'view')) as free \gset
\if :free
do $upkeep$
declare
  name constant text := current_setting('upkeep.view');
  view constant regclass := to_regclass(name);
begin
  if view is null then
    raise exception 'materialized view % does not exist, or this user may not see it: create it in a migration, or correct postgres.materializedViews[%]', name, name;
  end if;
  if (select relkind from pg_class where oid = view) <> 'm' then
    raise exception '% is no materialized view: correct postgres.materializedViews[%]', name, name;
  end if;
  if (select relispopulated from pg_class where oid = view)
     and not exists (select from pg_index where indrelid = view and indisunique and indpred is null and indisvalid and 0 <> all (indkey::int2[])) then
    raise exception '% has no unique index over whole columns, without which a refresh would lock out its readers: CREATE UNIQUE INDEX ON % (...) in a migration', name, name;
  end if;
end
$upkeep$;
-- The first time there is nothing to compare with, and nobody reads it yet.
select format('refresh materialized view %s %s', case when relispopulated then 'concurrently' else '' end, oid::regclass)
  from pg_class where oid = to_regclass(:'view') \gexec
select :'view' || ': refreshed' \g (format=unaligned tuples_only=on)
\else
\echo :view is being refreshed by another run
\endif
`;
