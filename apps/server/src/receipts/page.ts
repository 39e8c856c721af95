import type { PaymentStatus } from '@holdfast/contract';
import { amountFormat } from '../http/amounts.ts';
import { html, htmlPage } from '../http/html.ts';
import type { Flow, Receipt } from './read.ts';

const states: Record<PaymentStatus, string> = {
  pending: 'Not paid yet',
  held: 'Held by the platform until the work is completed',
  released: 'Work completed, money released to the contractor',
  withdrawn: 'Work completed, money released to the contractor',
  refunded: 'Refunded',
  failed: 'Failed',
};

/** The receipt to print: amounts and dates as the customer is used to see them. */
export function receiptPage(receipt: Receipt, platform: string): string {
  const { locale, timeZone, name } = receipt.customer;
  const amount = amountFormat(locale, receipt.currency);
  const dates = new Intl.DateTimeFormat([locale, 'en'], { dateStyle: 'long', timeZone });
  const hasRefund = receipt.flows.some((flow) => flow.amountMinor < 0);
  const total = receipt.flows.reduce((sum, flow) => sum + flow.amountMinor, 0);
  return htmlPage({
    title: `Receipt ${receipt.number}`,
    body: html`<h1>Receipt</h1>
<dl>
<dt>Number</dt><dd>${receipt.number}</dd>
<dt>Platform</dt><dd>${platform}</dd>
<dt>Customer</dt><dd>${name}</dd>
<dt>Contractor</dt><dd>${receipt.contractorName}</dd>
<dt>Job</dt><dd>${receipt.jobTitle}</dd>
<dt>State</dt><dd>${states[receipt.status]}</dd>
</dl>
<table>
<thead><tr><th>Date</th><th>What</th><th>Amount</th></tr></thead>
<tbody>
${receipt.flows.map(
  (flow, index) =>
    html`<tr><td>${dates.format(flow.at)}</td><td>${nameOf(flow, index)}</td><td>${amount(flow.amountMinor)}</td></tr>\n`,
)}</tbody>
<tfoot><tr><td>${hasRefund ? 'Paid after refunds' : 'Paid'}</td><td></td><td>${amount(total)}</td></tr></tfoot>
</table>
<footer>Payment ${receipt.paymentId}. Amounts in ${receipt.currency.toUpperCase()}, dates in ${timeZone}.</footer>`,
  });
}

/** Money comes in once; what comes in after that is a refund that the bank has sent back. */
const nameOf = (flow: Flow, index: number): string =>
  flow.amountMinor < 0 ? 'Refund' : index === 0 ? 'Payment' : 'Refund returned by the bank';
