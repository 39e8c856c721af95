import type { CommissionReport } from '@holdfast/contract';
import { decimalAmount } from '../http/amounts.ts';
import { csv } from '../http/csv.ts';

const header = ['group', 'label', 'payments', 'gross', 'commission', 'stripe fees', 'net income', 'currency'];

/** The rows of a report for spreadsheets, amounts as decimal numbers of the currency. */
export const reportTable = (report: CommissionReport): string =>
  csv(
    header,
    report.rows.map((row) => [
      row.group ?? '',
      row.label ?? '',
      row.payments,
      ...[row.gross, row.commission, row.stripeFees, row.netIncome].map((amountMinor) =>
        decimalAmount(amountMinor, row.currency),
      ),
      row.currency.toUpperCase(),
    ]),
  );
