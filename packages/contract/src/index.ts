export * from './endpoint.ts';
export * from './errors.ts';
export * from './fields.ts';
export * from './money.ts';
export * from './pages.ts';
