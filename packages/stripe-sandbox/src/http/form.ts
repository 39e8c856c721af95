import { invalidRequest } from './errors.ts';

/** A form as sent: text, or a map of further fields. Arrays are maps with the keys 0, 1, 2 … */
export type Form = { [key: string]: string | Form };

const maximumDepth = 12;

function emptyForm(): Form {
  // No prototype: a field named __proto__ or constructor is a field like any other.
  return Object.create(null) as Form;
}

function keysOf(name: string): string[] {
  const first = name.indexOf('[');
  if (first <= 0) return [name];
  // Brackets that do not close are no nesting: the name is unknown as it stands.
  if (!/^[^[\]]+(\[[^[\]]*\])+$/.test(name)) return [name];
  const keys = [name.slice(0, first)];
  for (const part of name.slice(first).matchAll(/\[([^\]]*)\]/g)) keys.push(part[1] ?? '');
  if (keys.length > maximumDepth) throw invalidRequest('Invalid parameter nesting.', { param: keys[0] });
  return keys;
}

function nextIndex(form: Form): string {
  return String(Object.keys(form).length);
}

function place(form: Form, keys: string[], value: string): void {
  let current = form;
  for (const [depth, raw] of keys.entries()) {
    const key = raw === '' ? nextIndex(current) : raw;
    if (depth === keys.length - 1) {
      current[key] = value;
      return;
    }
    const existing = current[key];
    const next = typeof existing === 'object' ? existing : emptyForm();
    current[key] = next;
    current = next;
  }
}

/** Reads `a=1&b[c]=2&d[0]=3&e[]=4` as Stripe does. */
export function parseForm(text: string, into: Form = emptyForm()): Form {
  for (const [name, value] of new URLSearchParams(text)) {
    if (name !== '') place(into, keysOf(name), value);
  }
  return into;
}

/** One text for equal parameters in any order; what an idempotency key is compared by. */
export function canonical(form: Form): string {
  const sorted = (value: string | Form): unknown =>
    typeof value === 'string'
      ? value
      : Object.keys(value)
          .sort()
          .map((key) => [key, sorted(value[key] ?? '')]);
  return JSON.stringify(sorted(form));
}
