create table products (
  id integer primary key generated always as identity,
  name text not null unique,
  price_cents integer not null check (price_cents > 0),
  stock integer not null check (stock >= 0)
);

create table orders (
  id uuid primary key,
  idempotency_key text unique,
  product_id integer not null references products (id),
  quantity integer not null check (quantity > 0),
  total_cents integer not null,
  status text not null default 'accepted' check (status in ('accepted', 'processing', 'completed', 'rejected', 'failed')),
  attempts integer not null default 0,
  created_at timestamptz not null default now(),
  enqueued_at timestamptz,
  finished_at timestamptz
);

create index orders_stranded on orders (created_at) where enqueued_at is null;

create table reports (
  run_id text primary key,
  tick timestamptz not null,
  orders integer not null,
  revenue_cents bigint not null,
  created_at timestamptz not null default now()
);
