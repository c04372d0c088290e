insert into products (name, price_cents, stock)
select 'Product ' || n, 100 + n * 25, 1000000 from generate_series(1, 100) as n
on conflict (name) do nothing;
