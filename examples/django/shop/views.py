import json

from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET, require_http_methods

from .models import Order
from .tasks import fulfil


@require_GET
def health(request):
    return HttpResponse("ok", content_type="text/plain")


def _as_json(order, status=200):
    fields = {"id": order.pk, "item": order.item, "quantity": order.quantity, "status": order.status}
    return JsonResponse(fields, status=status)


@require_http_methods(["GET", "POST"])
def orders(request):
    if request.method == "GET":
        latest = Order.objects.order_by("-pk")[:20]
        return JsonResponse({"orders": [{"id": each.pk, "status": each.status} for each in latest]})
    try:
        wanted = json.loads(request.body)
        item, quantity = str(wanted["item"])[:100], int(wanted["quantity"])
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "send item and quantity as JSON"}, status=400)
    if not 1 <= quantity <= 1000:
        return JsonResponse({"error": "quantity is between 1 and 1000"}, status=400)
    with transaction.atomic():
        placed = Order.objects.create(item=item, quantity=quantity)
        # The worker may be faster than the commit.
        transaction.on_commit(lambda: fulfil.delay(placed.pk))
    return _as_json(placed, status=202)


@require_GET
def order(request, order_id):
    found = Order.objects.filter(pk=order_id).first()
    return JsonResponse({"error": "no such order"}, status=404) if found is None else _as_json(found)
