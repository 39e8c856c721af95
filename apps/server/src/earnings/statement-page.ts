import type { EarningsStatement } from '@holdfast/contract';
import { amountFormat } from '../http/amounts.ts';
import { type Html, html, htmlPage } from '../http/html.ts';

type OfCurrency = EarningsStatement['currencies'][number];
export type PageDetails = { platform: string; locale: string; now: Date };

/** The statement to print: amounts and dates as the contractor is used to see them. */
export function statementPage(statement: EarningsStatement, details: PageDetails): string {
  const { year, timeZone, contractor, currencies } = statement;
  const dates = new Intl.DateTimeFormat([details.locale, 'en'], { dateStyle: 'long', timeZone });
  return htmlPage({
    title: `Earnings ${year} – ${contractor.name}`,
    body: html`<h1>Earnings ${year}</h1>
<dl>
<dt>Contractor</dt><dd>${contractor.name}</dd>
<dt>Platform</dt><dd>${details.platform}</dd>
<dt>Time zone</dt><dd>${timeZone}</dd>
${statement.isComplete ? [] : html`<dt>As of</dt><dd>${dates.format(details.now)}; the year is not over</dd>`}
</dl>
${currencies.length === 0 ? html`<p>Nothing was earned or paid out in this year.</p>` : []}
${currencies.map((one) => currencySection(one, { ...details, timeZone, isComplete: statement.isComplete }))}
<footer>Earnings count when the money is released, less what was taken back. Gross is what customers paid,
commission is the platform's part, net is the contractor's. Paid out is what reached the bank.
Account ${contractor.id}.</footer>`,
  });
}

function currencySection(
  { currency, openingBalance, months, totals, closingBalance }: OfCurrency,
  { locale, isComplete }: PageDetails & { timeZone: string; isComplete: boolean },
): Html {
  const amount = amountFormat(locale, currency);
  const monthName = new Intl.DateTimeFormat([locale, 'en'], { month: 'long', timeZone: 'UTC' });
  const cells = (sums: OfCurrency['totals']) =>
    html`<td>${sums.payments}</td><td>${amount(sums.gross)}</td><td>${amount(sums.commission)}</td><td>${amount(sums.net)}</td><td>${amount(sums.paidOut)}</td>`;
  return html`<h2>${currency.toUpperCase()}</h2>
<table>
<thead><tr><th>Month</th><th>Payments</th><th>Gross</th><th>Commission</th><th>Net</th><th>Paid out</th></tr></thead>
<tbody>
${months.map((one) => html`<tr><td>${monthName.format(new Date(`${one.month}-01`))}</td>${cells(one)}</tr>\n`)}</tbody>
<tfoot><tr><td>Year</td>${cells(totals)}</tr></tfoot>
</table>
<dl>
<dt>Not paid out before</dt><dd>${amount(openingBalance)}</dd>
<dt>Not paid out ${isComplete ? 'at the end' : 'now'}</dt><dd>${amount(closingBalance)}</dd>
</dl>
`;
}
