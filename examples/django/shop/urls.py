from django.urls import include, path

from . import views

urlpatterns = [
    path("healthz", views.health, name="health"),
    path("orders", views.orders, name="orders"),
    path("orders/<int:order_id>", views.order, name="order"),
    path("", include("django_prometheus.urls")),
]
