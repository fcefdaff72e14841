package main

import "context"

const flatFigure = "flat"

type size struct{}

func sizes() map[string]size                                         { return map[string]size{"usual": {}} }
func measureFlat(ctx context.Context, b *bench) ([]row, error)       { return nil, nil }
func measureEnds(ctx context.Context, b *bench) ([]row, error)       { return nil, nil }
func measureReconcile(ctx context.Context, b *bench) ([]row, error)  { return nil, nil }
func measureSQLite(ctx context.Context, b *bench) ([]row, error)     { return nil, nil }
func measureIdle(ctx context.Context, b *bench) ([]row, error)       { return nil, nil }
func measureConditions(ctx context.Context, b *bench) ([]row, error) { return nil, nil }
func measureSync(ctx context.Context, b *bench) ([]row, error)       { return nil, nil }
func measureAllowed(ctx context.Context, b *bench) ([]row, error)    { return nil, nil }
