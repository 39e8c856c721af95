import { createHash } from 'node:crypto';
import { type Html, html, markupText } from '../http/html.ts';
import type { StoredPush } from './fcm.ts';

/** Who holds a device now. */
export type DeviceOwner = { name: string; email: string; platform: string };

const styleElement = html`<style>
:root { color-scheme: light dark; font: 15px/1.5 system-ui, sans-serif; }
body { max-width: 44rem; margin: 1.5rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.3rem; }
nav a { margin-right: 1rem; }
article { border: 1px solid #8884; border-radius: 1rem; padding: .7rem 1rem; margin: .8rem 0; background: #8881; }
header { display: flex; justify-content: space-between; gap: 1rem; font-size: .85rem; opacity: .8; }
h2 { font-size: 1rem; margin: .3rem 0 0; }
p { margin: 0; white-space: pre-wrap; }
b { background: #c22; color: #fff; border-radius: 1rem; padding: 0 .5rem; }
details { margin-top: .4rem; font-size: .85rem; }
pre { white-space: pre-wrap; margin: .3rem 0 0; }
</style>`;
const style = markupText(styleElement).replace(/^<style>|<\/style>$/g, '');

/** To be sent with the page: it shows itself in this one style and does nothing else. */
export const pushPagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Every push as a phone would show it, the newest on top; those of one address with `?to=`. */
export function renderPushes(
  pushes: readonly StoredPush[],
  owners: ReadonlyMap<string, DeviceOwner>,
  to?: string,
): string {
  const emails = [...new Set([...owners.values()].map((owner) => owner.email))].toSorted();
  const shown = pushes
    .filter((push) => to === undefined || owners.get(push.token)?.email === to)
    .toReversed();
  const nothing = html`<p>No push yet. What would go to phones appears here; nothing leaves this machine.</p>`;
  const cards = shown.map((push) => card(push, owners.get(push.token)));
  const links = emails.map((email) => html`<a href="?to=${encodeURIComponent(email)}">${email}</a> `);
  const body = html`<h1>Push notifications</h1>
<nav aria-label="People"><a href="?">everybody</a> ${links}</nav>
<main>
${cards.length === 0 ? nothing : cards}
</main>`;
  return page(body, shown.length);
}

function card({ message, token, receivedAt, name }: StoredPush, owner: DeviceOwner | undefined): Html {
  const badge = (message.apns?.payload as { aps?: { badge?: number } } | undefined)?.aps?.badge;
  const who =
    owner === undefined ? 'a device that is gone' : `${owner.name} <${owner.email}>, ${owner.platform}`;
  return html`<article>
<header><span>${who} · ${message.android?.notification?.channel_id ?? ''}</span>
<span><time datetime="${receivedAt}">${receivedAt}</time> ${badge === undefined ? '' : html`<b title="badge">${badge}</b>`}</span></header>
<h2>${message.notification?.title ?? '(data only)'}</h2>
<p>${message.notification?.body ?? ''}</p>
<details><summary>${message.data?.route ?? name}</summary><pre>${JSON.stringify({ ...message, token: `${token.slice(0, 12)}…` }, null, 2)}</pre></details>
</article>
`;
}

const page = (body: Html, count: number): string =>
  markupText(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Push notifications (${count})</title>
${styleElement}
</head>
<body>
${body}
</body>
</html>
`);
