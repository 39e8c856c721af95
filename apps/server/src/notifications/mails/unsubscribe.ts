import type { Ctx } from '../../context.ts';
import { inTransaction } from '../../db/transaction.ts';
import { notFound } from '../../errors.ts';
import { formPolicy, html, htmlPage } from '../../http/html.ts';
import { switchOff } from '../preferences/switch-off.ts';
import type { Language } from '../texts/language.ts';
import { languageOf } from '../texts/text-of.ts';
import { readToken, typesOf, type UnsubscribeScope } from './unsubscribe-token.ts';

/** The page that asks; reading it changes nothing. Throws not_found for a token that is not ours. */
export async function unsubscribePage(ctx: Ctx, token: string): Promise<string> {
  const { language, scope } = await open(ctx, token);
  const words = language.mails.unsubscribing;
  const target = `/api/unsubscribe?token=${encodeURIComponent(token)}`;
  return htmlPage({
    title: words.title,
    language: language.tag,
    policy: formPolicy,
    body: html`<h1>${words.title}</h1>
<p>${words.question(ctx.config.platformName, nameOf(language, scope))}</p>
<form method="post" action="${target}">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>${words.button}</button>
</form>
<p>${words.stays}</p>`,
  });
}

/** Switches the mails of the token off and says so. Repeating it has no effect. Throws not_found. */
export async function unsubscribeNow(ctx: Ctx, token: string): Promise<string> {
  const { userId, language, scope } = await open(ctx, token);
  await inTransaction(ctx.db, async (tx) => {
    for (const type of typesOf(scope)) await switchOff(tx, userId, type, 'email');
  });
  const words = language.mails.unsubscribing;
  return htmlPage({
    title: words.title,
    language: language.tag,
    policy: formPolicy,
    body: html`<h1>${words.title}</h1>
<p>${words.done(ctx.config.platformName, nameOf(language, scope))}</p>
<p>${words.stays}</p>`,
  });
}

/** Whose token it is. People who are gone get no mails, and their links lead nowhere. */
async function open(
  ctx: Ctx,
  token: string,
): Promise<{ userId: string; scope: UnsubscribeScope; language: Language }> {
  const read = await readToken(ctx, token);
  const user =
    read === undefined
      ? undefined
      : await ctx.db
          .selectFrom('users')
          .select('locale')
          .where('id', '=', read.userId)
          .where('deleted_at', 'is', null)
          .executeTakeFirst();
  if (read === undefined || user === undefined) throw notFound('link');
  return { ...read, language: languageOf(user) };
}

const nameOf = (language: Language, scope: UnsubscribeScope): string =>
  scope === 'everything' ? language.mails.unsubscribing.everything : language.labels[scope];
