"""A customer's order, as the shop last told us."""

from __future__ import annotations

from django.db import models


class Order(models.Model):
    """One order. `customer` is the account's user name: only who is signed in as it sees it."""

    class State(models.TextChoices):
        RECEIVED = "received", "Received"
        PACKED = "packed", "Packed"
        SHIPPED = "shipped", "Shipped"
        DELIVERED = "delivered", "Delivered"
        CANCELLED = "cancelled", "Cancelled"
        RETURNED = "returned", "Returned"

    workspace = models.ForeignKey("knowledge.Workspace", models.CASCADE, related_name="orders")
    number = models.CharField(max_length=20)
    customer = models.CharField(max_length=150, db_index=True)
    item = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices)
    ordered_on = models.DateField()
    expected_on = models.DateField(null=True, blank=True)
    carrier = models.CharField(max_length=60, blank=True)
    tracking = models.CharField(max_length=60, blank=True)
    updated_at = models.DateTimeField(help_text="As of when the shop said so.")

    class Meta:
        ordering = ["-ordered_on", "number"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="one_order_per_number")
        ]

    def __str__(self) -> str:
        return self.number
