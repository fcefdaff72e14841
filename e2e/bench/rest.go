package main

import "context"

func measureEnds(ctx context.Context, b *bench) ([]row, error)       { return nil, nil }
func measureReconcile(ctx context.Context, b *bench) ([]row, error)  { return nil, nil }
func measureSQLite(ctx context.Context, b *bench) ([]row, error)     { return nil, nil }
func measureIdle(ctx context.Context, b *bench) ([]row, error)       { return nil, nil }
func measureConditions(ctx context.Context, b *bench) ([]row, error) { return nil, nil }
func measureSync(ctx context.Context, b *bench) ([]row, error)       { return nil, nil }
func measureAllowed(ctx context.Context, b *bench) ([]row, error)    { return nil, nil }
