import { createHash } from 'node:crypto';

const markup = Symbol('markup');

/** Markup that is safe to put into a page as it is. Only `html` makes it. */
export type Html = { readonly [markup]: string };
type Part = string | number | Html | readonly Html[];

/** Markup with values in it: html`<td>${title}</td>`. Every text is escaped, whatever it holds; markup is not. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const text = strings.reduce((sum, string, index) => sum + written(parts[index - 1]!) + string);
  return { [markup]: text };
}

function written(part: Part): string {
  if (typeof part === 'string' || typeof part === 'number') return escapeHtml(String(part));
  return markup in part ? part[markup] : part.map(written).join('');
}

/** The markup as a text, for what is not answered by a page of ours: a mail. */
export const markupText = (part: Html): string => part[markup];

/** A whole document that needs nothing from anywhere: to be shown, saved or printed. */
export function htmlPage(page: {
  title: string;
  body: Html;
  language?: string;
  /** formPolicy for a page with a form; its answer needs the same in its header. */
  policy?: string;
}): string {
  return html`<!doctype html>
<html lang="${page.language ?? 'en'}">
<head>
<meta charset="utf-8">
<meta http-equiv="content-security-policy" content="${page.policy ?? pagePolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${page.title}</title>
<style>${styleMarkup}</style>
</head>
<body>
${page.body}
</body>
</html>
`[markup];
}

const escapeHtml = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');

const style = `
:root { color-scheme: light; font: 15px/1.5 system-ui, sans-serif; color: #111; background: #fff; }
body { max-width: 48rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1.5rem; }
dt { color: #555; }
dd { margin: 0; }
table { width: 100%; border-collapse: collapse; break-inside: avoid; overflow-wrap: normal; }
th, td { padding: .3rem .5rem; border-bottom: 1px solid #ccc; text-align: right; font-variant-numeric: tabular-nums; }
th:first-child, td:first-child { padding-left: 0; text-align: left; }
tfoot { font-weight: 600; }
footer { margin-top: 2rem; color: #555; font-size: .85rem; }
@page { margin: 2cm; }
@media print { body { max-width: none; margin: 0; padding: 0; } }
`;
const styleMarkup: Html = { [markup]: style };

/** What a page may do: show itself in this one style. In the page as well, because it is saved without its headers. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** The same for a page with a form that goes to where the page came from. */
export const formPolicy = pagePolicy.replace("form-action 'none'", "form-action 'self'");
