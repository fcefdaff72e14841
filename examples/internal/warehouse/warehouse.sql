-- A small warehouse of a shop: what sells, to whom, and what it earns.
create schema sales;
create schema finance;

create table sales.customers (
	id bigint primary key generated always as identity,
	name text not null,
	email text not null,
	country char(2) not null,
	created timestamptz not null default now()
);
comment on table sales.customers is 'One row for each customer, with personal data';
comment on column sales.customers.email is 'Personal data';

create table sales.products (
	sku text primary key,
	title text not null,
	price numeric(10, 2) not null
);

create table sales.orders (
	id bigint primary key generated always as identity,
	customer bigint not null references sales.customers,
	sku text not null references sales.products,
	quantity int not null check (quantity > 0),
	ordered date not null
);
comment on table sales.orders is 'One row for each order, since the shop opened';

create view sales.revenue_by_month as
	select date_trunc('month', o.ordered)::date as month, sum(o.quantity * p.price) as revenue
	from sales.orders o join sales.products p using (sku)
	group by 1;

create materialized view sales.customers_by_country as
	select country, count(*) as customers from sales.customers group by 1;

create table finance.invoices (
	id bigint primary key generated always as identity,
	"order" bigint not null references sales.orders,
	issued date not null,
	paid boolean not null default false
);

insert into sales.customers (name, email, country)
	select 'Customer ' || n, 'customer' || n || '@example.com', (array['DE', 'FR', 'IT', 'PL'])[1 + n % 4]
	from generate_series(1, 1000) n;
insert into sales.products
	select 'SKU-' || n, 'Product ' || n, 5 + n * 1.25 from generate_series(1, 50) n;
insert into sales.orders (customer, sku, quantity, ordered)
	select 1 + n % 1000, 'SKU-' || 1 + n % 50, 1 + n % 3, date '2026-01-01' + n % 300 from generate_series(1, 10000) n;
insert into finance.invoices ("order", issued, paid)
	select id, ordered + 7, id % 5 <> 0 from sales.orders;
refresh materialized view sales.customers_by_country;
