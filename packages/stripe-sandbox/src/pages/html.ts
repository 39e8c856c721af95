import { createHash } from 'node:crypto';
import type { ServerResponse } from 'node:http';

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** HTML that may stand in a page as it is. */
export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | null | undefined | Html[];

function escaped(part: Part): string {
  if (part instanceof Html) return part.text;
  if (Array.isArray(part)) return part.map((one) => one.text).join('');
  return String(part ?? '').replaceAll(/[&<>"']/g, (character) => entities[character] ?? '');
}

/** A template whose values are escaped unless they are HTML already. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(
    strings.map((text, index) => text + (index < parts.length ? escaped(parts[index]) : '')).join(''),
  );
}

const style = `
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
  body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  main.narrow { max-width: 26rem; margin: 0 auto; }
  h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
  table { border-collapse: collapse; width: 100%; font-size: 0.875rem; }
  th, td { text-align: left; padding: 0.3rem 0.6rem 0.3rem 0; border-bottom: 1px solid #8884; vertical-align: top; }
  label { display: block; margin: 0.8rem 0; } input, select { display: block; width: 100%; padding: 0.5rem; font: inherit; box-sizing: border-box; }
  button { font: inherit; padding: 0.6rem 1.2rem; border: 0; border-radius: 6px; background: #533afd; color: #fff; cursor: pointer; }
  td, th, strong { white-space: nowrap; } td form { margin: 0; }
  button.plain { background: #5b6472; } form { margin: 0.6rem 0; }
  form.small { display: inline-block; margin: 0 0.3rem 0 0; } button.small { padding: 0.1rem 0.5rem; font-size: 0.8rem; background: #5b6472; }
  form.row label { display: inline-block; margin: 0 0.6rem 0 0; } form.row input { display: inline-block; width: 6rem; }
  .scroll { overflow-x: auto; } .note { color: light-dark(#5b6472, #a3acba); font-size: 0.875rem; } code { font-size: 0.85em; overflow-wrap: anywhere; }
  a { color: light-dark(#3a25c7, #a79bff); } div.row { margin: 0.6rem 0; } div.row form { margin: 0; }
`;

const styleHash = createHash('sha256').update(style).digest('base64');

/** Sends a page. Nothing in it may run scripts, load anything or be framed. */
export function sendPage(
  response: ServerResponse,
  title: string,
  content: Html,
  status = 200,
  morePolicy = '',
): void {
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${new Html(style)}</style></head>
<body>${content}</body></html>`;
  response.writeHead(status, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; frame-ancestors 'none'${morePolicy}`,
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(page.text);
}

export function redirect(response: ServerResponse, location: string): void {
  response.writeHead(303, { location, 'cache-control': 'no-store', 'referrer-policy': 'same-origin' });
  response.end();
}
