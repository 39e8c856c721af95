import type { Ctx } from '../../context.ts';
import type { Mail } from '../../vendors/smtp.ts';
import type { Parcel } from '../channels/parcel.ts';
import { listPage, pageOf } from '../pages.ts';
import { languageOf } from '../texts/text-of.ts';
import { renderMail } from './layout.ts';
import { canUnsubscribe, type UnsubscribeScope } from './unsubscribe-token.ts';

export type LinkMaker = (userId: string, scope: UnsubscribeScope) => string;

/** The mail of one notification, or of several that were held back. */
export function composeMail(ctx: Ctx, parcel: Parcel, unsubscribeLink: LinkMaker): Mail {
  const language = languageOf(parcel);
  const { appUrl, platformName: platform } = ctx.config;
  const words = language.mails;
  const { items } = parcel;
  const scope = scopeOf(parcel);
  const unsubscribeUrl = scope === undefined ? undefined : unsubscribeLink(parcel.userId, scope);
  const page = items === undefined ? pageOf(parcel.type, parcel.data) : listPage;
  const content = renderMail({
    language: language.tag,
    platform,
    title: parcel.title,
    // A summary says below what its message would only begin to.
    paragraphs: items === undefined ? [parcel.message] : [],
    ...(items === undefined
      ? {}
      : {
          items: items.slice(0, shownItems).map((item) => ({
            title: item.title,
            message: item.message,
            url: `${appUrl}${pageOf(item.type, item.data).path}`,
          })),
        }),
    button: { label: words.buttons[page.destination], url: `${appUrl}${page.path}` },
    reason: reasonOf(parcel, scope, platform),
    ...(unsubscribeUrl === undefined
      ? {}
      : { unsubscribe: { label: words.unsubscribe, url: unsubscribeUrl } }),
  });
  return {
    to: parcel.email,
    subject: parcel.title,
    ...content,
    language: language.tag,
    id: parcel.deliveryId,
    ...(unsubscribeUrl === undefined ? {} : { unsubscribeUrl }),
  };
}

// The rest is in the app, where the button leads: nobody reads a mail of hundreds of jobs.
const shownItems = 30;

/** What the link in this mail switches off; undefined: it has none. */
function scopeOf({ type, items }: Parcel): UnsubscribeScope | undefined {
  const types = new Set(items === undefined ? [type] : items.map((item) => item.type));
  const [only] = types;
  if (types.size === 1) return canUnsubscribe(only!) ? only : undefined;
  return 'everything';
}

function reasonOf(parcel: Parcel, scope: UnsubscribeScope | undefined, platform: string): string {
  const { mails, labels } = languageOf(parcel);
  if (scope === undefined) return mails.reasonOfSecurity(platform);
  return scope === 'everything' ? mails.reasonOfSummary(platform) : mails.reason(platform, labels[scope]);
}
