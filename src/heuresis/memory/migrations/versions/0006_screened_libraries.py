"""shards of screened libraries."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "library_plan",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("plan", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("digest"),
    )
    op.create_table(
        "library_shard",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("plan_digest", sa.String(), nullable=False),
        sa.Column("n_records", sa.Integer(), nullable=False),
        sa.Column("n_kept", sa.Integer(), nullable=False),
        sa.Column("n_stored", sa.Integer(), nullable=False),
        sa.Column("failures", sa.String(), nullable=False),
        sa.Column("file_digest", sa.String(length=64), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("code_version", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["plan_digest"], ["library_plan.digest"]),
        sa.PrimaryKeyConstraint("digest"),
    )
    with op.batch_alter_table("library_shard", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_library_shard_plan_digest"), ["plan_digest"], unique=False
        )


def downgrade() -> None:
    op.drop_table("library_shard")
    op.drop_table("library_plan")
