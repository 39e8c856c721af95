import { type Html, html } from './html.ts';

export type Cell = string | number | Html;

export function table(headings: string[], rows: Cell[][]): Html {
  if (rows.length === 0) return html`<p class="note">None yet.</p>`;
  const head = headings.map((heading) => html`<th scope="col">${heading}</th>`);
  const body = rows.map((row) => html`<tr>${row.map((cell) => html`<td>${cell}</td>`)}</tr>`);
  return html`<div class="scroll"><table><thead><tr>${head}</tr></thead><tbody>${body}</tbody></table></div>`;
}

export function code(text: string): Html {
  return html`<code>${text}</code>`;
}

/** Seconds as a date and time to read. */
export function time(seconds: unknown): string {
  return typeof seconds === 'number'
    ? new Date(seconds * 1000).toISOString().replace('T', ' ').slice(0, 19)
    : '';
}

/** A form of one button, about the object with this id. */
export function button(action: string, label: string, id = '', outcome = ''): Html {
  const fields = [
    ...(id === '' ? [] : [html`<input type="hidden" name="id" value="${id}">`]),
    ...(outcome === '' ? [] : [html`<input type="hidden" name="outcome" value="${outcome}">`]),
  ];
  return html`<form class="small" method="post" action="/_sandbox/page/${action}">${fields}<button class="small">${label}</button></form>`;
}
