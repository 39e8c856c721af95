import type { Category } from '@holdfast/contract';
import type { Generated } from 'kysely';

export type CommissionTables = {
  commission_rates: {
    id: string;
    seq: Generated<number>;
    basis_points: number | null;
    category: Category | null;
    contractor_id: string | null;
    effective_from: Date;
    reason: string;
    created_by: string;
    created_at: Date;
  };
};
