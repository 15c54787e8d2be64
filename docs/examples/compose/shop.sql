create schema shop;
create table shop.customers (id bigint primary key, name text not null, email text);
create table shop.orders (
    id bigint primary key, customer bigint not null references shop.customers, status text not null,
    total numeric(10,2) not null, placed timestamptz not null default now());
create table shop.order_items (
    order_id bigint references shop.orders on delete cascade, line int, article text, quantity int,
    primary key (order_id, line));
insert into shop.customers values (1, 'Ada Lovelace', 'ada@example.org'), (2, 'Alan Turing', null);
