from celery import shared_task

from .models import Order


@shared_task
def fulfil(order_id):
    # A task that is delivered twice has its effect once.
    Order.objects.filter(pk=order_id, status="placed").update(status="fulfilled")
